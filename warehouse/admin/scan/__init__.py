from warehouse.admin.scan import badges, commands, devices

__all__ = ["badges", "commands", "devices"]
