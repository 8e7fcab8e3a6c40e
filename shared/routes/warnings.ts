// The words of warnings, with what each says. Whoever shows them to people needs the list: it stands in the API document.

/** What follows the colon, where something does, is named in brackets. */
export const warningWords = {
  'only-one-access-manager': 'One person alone can manage access rights.',
  'more-holders-than-expected': 'More users hold the permission than it is meant for (permission).',
  'still-granted': 'The permission is held all the same, by a wider one (permission).',
  'group-not-delegated':
    'The directory adds nobody to the group, because what it is in lets people manage access rights: mark it by ' +
    '`confersAccessManagement` (group).',
  'no-active-administrators-group': 'No administrators group with an active member is named.',
  'disabled-by-directory': 'The directory has disabled the user, who stays disabled until it says otherwise.',
  'still-in-directory': 'The directory still has the person, and can bring a new user (source).',
  'still-in-group': 'Somebody stays in the group, because its directory says so: see the origins (source).',
  'rule-seen-by-nobody': 'No role lets anybody see the rule any more (rule).',
  'sign-in-left-out': 'The sign-in did not come back: invite the user.',
  'external-id-taken': 'Another user has the external id now.',
  'name-taken': 'The directory has the name of somebody else now.',
  'grant-left-out': 'The permission did not come back (permission).',
  'role-gone': 'The role is gone (role).',
  'role-full': 'The role is full (role).',
  'group-gone': 'The group is gone (group).',
  'group-left-out': 'The group did not come back (group).',
  'left-to-access-managers': 'What only those who manage access rights may give did not come back.',
  'more-to-restore': 'More comes back when it is restored again.',
} as const;
