package dev.lockstep.network;

import java.net.InetAddress;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * Bounds the connections that have not said who they are, in total and for each address. A new one
 * is always taken; where it is one too many, an older one goes: of the address that has the most,
 * and there one that has never sent a byte before one that has, since a correct end speaks at once.
 * So whoever opens connections without end drives out mostly its own. Safe for any thread.
 *
 * @param <C> what stands for a connection
 */
final class Admission<C> {
  private static final class Strangers<C> {
    final Set<C> silent = new LinkedHashSet<>();
    final Set<C> talking = new LinkedHashSet<>();

    int size() {
      return silent.size() + talking.size();
    }

    C removeOldest() {
      Iterator<C> oldest = (silent.isEmpty() ? talking : silent).iterator();
      C connection = oldest.next();
      oldest.remove();
      return connection;
    }
  }

  private final int most;
  private final int mostPerAddress;
  private final Map<InetAddress, Strangers<C>> byAddress = new HashMap<>();
  private int total;

  Admission(int most, int mostPerAddress) {
    this.most = most;
    this.mostPerAddress = mostPerAddress;
  }

  /** Takes a connection; returns the one that has to go for it, or null. */
  synchronized C enter(InetAddress address, C connection) {
    Strangers<C> same = byAddress.get(address);
    C evicted = null;
    if (same != null && same.size() >= mostPerAddress) {
      evicted = evictOf(address, same);
    } else if (total >= most) {
      Map.Entry<InetAddress, Strangers<C>> crowd =
          byAddress.entrySet().stream()
              .max(Comparator.comparingInt(entry -> entry.getValue().size()))
              .orElseThrow();
      evicted = evictOf(crowd.getKey(), crowd.getValue());
    }
    byAddress.computeIfAbsent(address, a -> new Strangers<>()).silent.add(connection);
    total++;
    return evicted;
  }

  private C evictOf(InetAddress address, Strangers<C> strangers) {
    C evicted = strangers.removeOldest();
    total--;
    if (strangers.size() == 0) {
      byAddress.remove(address);
    }
    return evicted;
  }

  /** The connection has sent something. */
  synchronized void talks(InetAddress address, C connection) {
    Strangers<C> same = byAddress.get(address);
    if (same != null && same.silent.remove(connection)) {
      same.talking.add(connection);
    }
  }

  /** The connection has ended, or is no stranger any more. */
  synchronized void leave(InetAddress address, C connection) {
    Strangers<C> same = byAddress.get(address);
    if (same != null && (same.silent.remove(connection) || same.talking.remove(connection))) {
      total--;
      if (same.size() == 0) {
        byAddress.remove(address);
      }
    }
  }

  synchronized int total() {
    return total;
  }
}
