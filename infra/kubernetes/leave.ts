/** Time, in seconds, for which a terminating pod still answers while it is removed from the Service's endpoints. */
export const LEAVE = 5
