-- The health of a Delivery or a DeliveryRoute for Argo CD, from the conditions that docs/status.md describes.
-- Argo CD gives the object as obj, and takes a status and a message.

local status = obj.status or {}
local conditions = {}
for _, condition in ipairs(status.conditions or {}) do
  conditions[condition.type] = condition
end
local ready, stalled = conditions.Ready, conditions.Stalled

if ready == nil or status.observedGeneration ~= obj.metadata.generation then
  return { status = "Progressing", message = "The operator has not looked at it yet." }
end
if stalled ~= nil and stalled.status == "True" then
  return { status = "Degraded", message = stalled.message }
end
if ready.status == "True" then
  return { status = ready.reason == "Suspended" and "Suspended" or "Healthy", message = ready.message }
end
-- A route does not become drivable by waiting; a delivery is created, or tried again.
return { status = obj.kind == "DeliveryRoute" and "Degraded" or "Progressing", message = ready.message }
