/** What a visitor reads when there is no container to ask. Plain text: it is read in terminals as often as in browsers. */
export const pages = {
  unknownHost:
    '404: no route leads here.\\n\\nNothing is served under this host and path. If it is yours, add a route for it ' +
    'to a service, and look that the host and the path are the ones you asked for.\\n',
  unavailable:
    '503: no container takes requests right now.\\n\\nThe route is there, but none of its containers is running and ' +
    'healthy. Try again in a moment. If it is yours, look at the state of the service and of its health check.\\n',
  gateway:
    '502: the container did not answer in the way of HTTP.\\n\\nIf it is yours, look that the route’s port is the ' +
    'one that the service listens on, and that it speaks HTTP there.\\n',
  timeout:
    '504: the container took too long.\\n\\nThe request reached a container, which did not answer in time. If it is ' +
    'yours, look at what it was doing.\\n',
} as const;
