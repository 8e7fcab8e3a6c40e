// Metering: a function that tells once a day on the event bus what each tenant uses.
import { Duration } from 'aws-cdk-lib';
import { type EventBus, Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { meterAccess } from '../../shared/routes/access.ts';
import { type Foundation, HoldfastFunction } from './holdfast-function.ts';

/** Seconds: enough for some ten thousand tenants, or a million users. */
const meterSeconds = 900;

export class Metering extends Construct {
  readonly meter: HoldfastFunction;

  constructor(scope: Construct, id: string, foundation: Foundation, bus: EventBus) {
    super(scope, id);
    this.meter = new HoldfastFunction(this, 'Meter', {
      ...foundation,
      source: 'functions/events/meter.ts',
      description: 'Tells once a day what each tenant uses',
      access: meterAccess,
      memory: 512,
      seconds: meterSeconds,
      environment: { EVENT_BUS_NAME: bus.eventBusName },
      statements: [new PolicyStatement({ actions: ['events:PutEvents'], resources: [bus.eventBusArn] })],
    });
    // Some minutes after midnight, so that the day is over on every clock.
    const rule = new Rule(this, 'Daily', { schedule: Schedule.cron({ hour: '0', minute: '15' }) });
    rule.addTarget(new LambdaFunction(this.meter.called, { retryAttempts: 2, maxEventAge: Duration.hours(6) }));
  }
}
