"""Other people's APIs behind our ports, and the overlay that lays them over a store's events.

Rule of this folder: a vendor's words stop here. An adapter is handed its HTTP client, returns domain types and raises
domain errors; nothing that an upstream wrote in an error ever gets into one of ours.
"""
