package dev.lockstep.testkit.process;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Ports that a cluster may keep for its whole life. They are taken from below the range from which
 * systems give ports to outgoing connections, so that no client can sit on the port of a replica
 * that is being restarted.
 */
final class FreePorts {
  private static final int FIRST = 12_000;
  private static final int LAST = 32_000;
  private static final int ATTEMPTS = 1000;

  private FreePorts() {}

  static List<Integer> find(int count) throws IOException {
    SplittableRandom random =
        new SplittableRandom(System.nanoTime() ^ ProcessHandle.current().pid());
    List<Integer> free = new ArrayList<>();
    for (int i = 0; i < ATTEMPTS && free.size() < count; i++) {
      int port = random.nextInt(FIRST, LAST);
      if (!free.contains(port) && isFree(port)) {
        free.add(port);
      }
    }
    if (free.size() < count) {
      throw new IOException(
          "no " + count + " free ports were found between " + FIRST + " and " + LAST);
    }
    return free;
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return socket.isBound();
    } catch (IOException e) {
      return false;
    }
  }
}
