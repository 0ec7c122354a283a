-- The window itself, at which every web and mobile channel without an address of its own is offered. It is probed
-- and counted once, under a name in place of a service code and of an address that none of those can have.
INSERT INTO probed_address (address, authority, next_at) VALUES ('window', 'panjareh', 'epoch');
INSERT INTO probed_channel (service_code, channel, address, authority)
VALUES ('window', 'mobile', 'window', 'panjareh'), ('window', 'web', 'window', 'panjareh');
