"""The fault table: every fault, at every moment, in every stage of the lip-sync pipeline, and what came of it."""
