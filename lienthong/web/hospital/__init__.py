"""The hospitals' desk (`/co-so/`): a clerk of a facility looks a card up, and gives out temporary codes, in a browser.

The same account, addresses, staff and limits as the gateway's; the same functions of the database answer and log.
"""
