"""From submissions to points: plans, results, the gradebook, and what students may see of it."""
