import { createContext, type ComponentChildren } from 'preact';
import { useContext } from 'preact/hooks';
import type { ServiceStatus, Wire } from '../../http/api.js';
import { get } from './api.js';
import { useLive, type Live } from './live.js';

export type Status = Wire<ServiceStatus>;
export type Model = Status['models'][number];

const nothing: Live<Status> = {
  data: undefined,
  error: undefined,
  reload: () => Promise.resolve(),
};
const StatusContext = createContext(nothing);

/** Asks for the status once for all who show it. */
export function StatusProvider({ children }: { readonly children: ComponentChildren }) {
  const status = useLive(() => get<Status>('/api/status'), []);
  return <StatusContext.Provider value={status}>{children}</StatusContext.Provider>;
}

/** How the service is; undefined before the first answer. */
export const useStatus = (): Live<Status> => useContext(StatusContext);
