"""Testing tools that the packages' tests share; nothing else imports this."""
