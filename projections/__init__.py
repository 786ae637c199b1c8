"""What the log says, seen one way at a time. Pure folds over recorded facts; imports domain only."""
