"""Milestones: what each claims, and the measurement that says whether it is so."""
