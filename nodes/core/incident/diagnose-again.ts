/**
 * How a person has an incident diagnosed again, within a sentence: the name of the button is that of the incident page.
 */
export const DIAGNOSE_AGAIN = 'press "Diagnose again" on the incident page';

/** The same, as a sentence, for an incident that has ended. */
export const FOR_A_NEW_PLAN = 'Press "Diagnose again" on the incident page for a new plan.';

/** The same, where the plan may still wait for a decision. */
export const ONCE_REFUSED = `Once this plan is refused or has expired, ${DIAGNOSE_AGAIN} for a new one.`;
