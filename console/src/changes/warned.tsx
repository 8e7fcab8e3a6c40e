// What a change warns of, as a strip.
import Alert from '@cloudscape-design/components/alert';
import { useQuery } from '@tanstack/react-query';
import { useWarningTexts } from './warnings.ts';

export const Warned = ({ warnings }: { warnings: readonly string[] }) => {
  const textsOf = useWarningTexts();
  const told = useQuery({ queryKey: ['warnings', warnings], queryFn: () => textsOf(warnings) }).data ?? [];
  return (
    <Alert type="warning">
      {told.map((one) => (
        <div key={one}>{one}</div>
      ))}
    </Alert>
  );
};
