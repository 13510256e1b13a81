"""Who is told of something, when, and in what form: hours of the week, grouping, repeating, signed webhooks.

Nothing here sends anything: callers give the time and take what comes out.
"""
