package dev.lockstep.network;

/**
 * Where a replica listens.
 *
 * @param host name or address; names are resolved again at every attempt to connect
 */
public record Endpoint(int replica, String host, int port) {
  public Endpoint {
    if (replica < 0) {
      throw new IllegalArgumentException("replica " + replica + " must not be negative");
    }
    if (port < 1 || port > 65535) {
      throw new IllegalArgumentException(
          "port " + port + " of replica " + replica + ", not 1 to 65535");
    }
  }

  @Override
  public String toString() {
    return "replica " + replica + " at " + host + ":" + port;
  }
}
