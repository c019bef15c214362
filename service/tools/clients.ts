/** Clients that show their model the structured content of a result in place of its text, as of 2026. */
const SHOW_FIELDS_ALONE = /^(?:claude[- ]code|cursor|visual studio code|vscode)/i

/** What a session's id begins with where text alone is to be given. */
export const TEXT_ALONE = 'text-alone.'

/** Whether a client of this name would keep from its model the text of a result that has structured content as well. */
export function hidesText(clientName: string | undefined): boolean {
  return clientName !== undefined && SHOW_FIELDS_ALONE.test(clientName.trim())
}
