"""The model beside the recorded failures."""
