"""What rules are made of, without database and clock: fields, conditions, triggers, actions."""
