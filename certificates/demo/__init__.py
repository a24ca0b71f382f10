"""The demo's data: made by the same verbs as everybody's, at past times."""
