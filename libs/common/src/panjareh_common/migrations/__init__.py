"""Plain SQL migrations, forward only: makes a service's database, role, tables and queues."""
