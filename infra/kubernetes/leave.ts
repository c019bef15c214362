/** Seconds in which a pod that is to end still answers, while it is taken out of the Service. */
export const LEAVE = 5
