"""An empty database becomes a company: by the wizard in the browser, or by `manage.py setup_company`."""
