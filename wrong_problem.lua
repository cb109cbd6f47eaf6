local a = 1
local b = sin(a)