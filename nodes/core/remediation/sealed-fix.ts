import type { Incident } from '../model/incident';
import type { Plan, Seal } from '../model/plan';

/** A plan that passed a check before the run, with what the next checks need. */
export interface SealedFix {
    incident: Incident;
    plan: Plan;
    seal: Seal;
}
