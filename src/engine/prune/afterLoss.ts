/** What to do when a snapshot lacks something, as the end of a message. */
export const AFTER_LOSS =
  '"cairn repair index" and then "cairn repair files" bring back what can be had; "cairn repair snapshots --forget" makes snapshots without what is lost for good.';
