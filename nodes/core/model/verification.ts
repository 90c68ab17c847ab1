/** Did the alert clear because of the run? */
export interface Verification {
    result: 'cleared' | 'not-cleared' | 'cleared-anyway' | 'unknown';
    /** One sentence with the reason. */
    reason: string;
    at: string;
    /** Seconds from the end of the run to the clearing. */
    afterSeconds?: number;
}
