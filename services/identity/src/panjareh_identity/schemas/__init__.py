"""What goes in and out of the doors of identity. Strict coming in: a misspelt field is an error.

What a text means is read by the use cases, which can say in the reader's language what does not fit.
One module a part; each door takes its schemas from its own.
"""
