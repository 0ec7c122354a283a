"""What becomes of an account in the course of a life: channels, proofs, recovery, help, death, closing."""
