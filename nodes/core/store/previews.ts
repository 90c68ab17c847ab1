/**
 * What the dry runs of an incident's plans showed, whole; kept as long as the incident. Every method rejects with
 * `STORE_DOWN` when the store cannot be reached.
 */
export interface Previews {
    /** Keeps the text of the plan with this nonce. Of several writes for a nonce the first counts. */
    keep(incidentId: string, nonce: string, text: string): Promise<void>;
    read(incidentId: string, nonce: string): Promise<string | undefined>;
}
