-- Wakes the colouriser when an image arrives: for an Orthanc without the Python plugin.
-- Load it by "LuaScripts" in orthanc.json. It reads "Url", "Token" and "TokenFile" of the
-- section "Colouriser", or COLOURISER_URL, COLOURISER_TOKEN and COLOURISER_TOKEN_FILE.
--
-- Orthanc runs Lua while it stores an image, so whatever waits here makes the sender wait:
-- at most one wake-up a second, silence for a minute after a failure, and nothing here calls
-- Orthanc back. A wake-up that is left out costs nothing but the time until the colouriser
-- next asks by itself.

local SILENCE_AFTER_WAKE_S = 1
local SILENCE_AFTER_FAILURE_S = 60
local TIMEOUT_S = 1

local section = GetOrthancConfiguration()['Colouriser'] or {}

local function setting(key, variable)
  local value = os.getenv(variable)
  if value == nil or value == '' then value = section[key] end
  if type(value) == 'string' and value ~= '' then return value end
  return nil
end

local function token()
  local path = setting('TokenFile', 'COLOURISER_TOKEN_FILE')
  if path == nil then return setting('Token', 'COLOURISER_TOKEN') end
  local file = io.open(path, 'r')
  if file == nil then
    print('colouriser: cannot read the token file ' .. path)
    return nil
  end
  local text = file:read('*l')
  file:close()
  return text
end

local url = (setting('Url', 'COLOURISER_URL') or 'http://127.0.0.1:8044'):gsub('/+$', '') .. '/api/wake'
local headers = { ['Content-Type'] = 'application/json' }
local bearer = token()
if bearer ~= nil then headers['Authorization'] = 'Bearer ' .. bearer end

-- Not in Orthanc 1.10: there, the option "HttpTimeout" of orthanc.json is the limit.
if SetHttpTimeout ~= nil then SetHttpTimeout(TIMEOUT_S) end

local silentUntil = 0
local away = false

local function wake()
  local now = os.time()
  if now < silentUntil then return end
  silentUntil = now + SILENCE_AFTER_WAKE_S
  local called, answer = pcall(HttpPost, url, '{}', headers)
  local answered = called and answer ~= nil
  if not answered then silentUntil = os.time() + SILENCE_AFTER_FAILURE_S end
  if answered == away then
    away = not answered
    print('colouriser: the service ' .. (away and 'does not answer; next try in a minute' or 'answers again'))
  end
end

-- Another script may have handlers of its own: they go first.
local before = { stored = OnStoredInstance, stable = OnStableStudy }

function OnStoredInstance(...)
  if before.stored ~= nil then before.stored(...) end
  wake()
end

function OnStableStudy(...)
  if before.stable ~= nil then before.stable(...) end
  wake()
end
