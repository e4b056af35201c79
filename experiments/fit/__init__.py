"""The model beside the published figures."""
