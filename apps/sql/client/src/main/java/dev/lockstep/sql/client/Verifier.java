package dev.lockstep.sql.client;

import dev.lockstep.sql.message.SessionMessage;
import dev.lockstep.sql.message.SqlCommand;
import dev.lockstep.sql.message.SqlReply;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Has the replicas digest their databases at one point of the order, and compares the digests. */
final class Verifier implements SessionLinks.DigestListener {
  /** How long replicas are waited for: to be connected, and once enough of them agree. */
  private static final long STRAGGLERS_NANOS = TimeUnit.SECONDS.toNanos(5);

  private record Event(int replica, SessionMessage.Digest digest) {}

  private final ReplicatedSqlClient client;
  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();

  Verifier(ReplicatedSqlClient client) {
    this.client = client;
  }

  @Override
  public void onDigest(int replica, SessionMessage.Digest digest) {
    events.add(new Event(replica, digest));
  }

  SqlVerification verify(boolean repair, long deadline) throws SQLException {
    client.links().listen(this);
    try {
      // A digest for which there is no connection is lost.
      client
          .links()
          .awaitConnected(client.all(), Math.min(deadline, System.nanoTime() + STRAGGLERS_NANOS));
      SqlReply reply = client.group().call(new SqlCommand.Verify(), deadline);
      if (!(reply instanceof SqlReply.Verifying verifying)) {
        throw Group.unexpected(reply);
      }
      Map<Integer, SessionMessage.Digest> digests = collect(verifying.position(), deadline);
      return judge(verifying.position(), digests, repair, deadline);
    } finally {
      client.links().forget(this);
    }
  }

  private Map<Integer, SessionMessage.Digest> collect(long position, long deadline)
      throws SQLException {
    Map<Integer, SessionMessage.Digest> digests = new TreeMap<>();
    long until = deadline;
    while (digests.size() < client.all().size()) {
      Event event;
      try {
        event = events.poll(Math.max(1, until - System.nanoTime()), TimeUnit.NANOSECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw SqlErrors.exception("57014", "interrupted while databases were compared");
      }
      if (event == null) {
        break;
      }
      if (event.digest.position() == position) {
        digests.put(event.replica, event.digest);
        if (agreed(digests) != null) {
          until = Math.min(deadline, System.nanoTime() + STRAGGLERS_NANOS);
        }
      }
    }
    return digests;
  }

  /** The report that f+1 replicas gave, or null. */
  private String agreed(Map<Integer, SessionMessage.Digest> digests) {
    Map<String, Integer> votes = new HashMap<>();
    for (SessionMessage.Digest digest : digests.values()) {
      if (votes.merge(digest.report(), 1, Integer::sum) > client.faults()) {
        return digest.report();
      }
    }
    return null;
  }

  private SqlVerification judge(
      long position, Map<Integer, SessionMessage.Digest> digests, boolean repair, long deadline)
      throws SQLException {
    String agreed = agreed(digests);
    List<Integer> agreeing = new ArrayList<>();
    Map<Integer, List<String>> differing = new TreeMap<>();
    Map<Integer, byte[]> signatures = new TreeMap<>();
    digests.forEach(
        (replica, digest) -> {
          if (digest.report().equals(agreed)) {
            agreeing.add(replica);
            signatures.put(replica, digest.signature());
          } else {
            differing.put(replica, agreed == null ? List.of() : difference(agreed, digest));
          }
        });
    List<Integer> silent =
        client.all().stream().filter(replica -> !digests.containsKey(replica)).toList();
    boolean repairing = repair && agreed != null && !differing.isEmpty();
    if (repairing) {
      client.group().call(new SqlCommand.Repair(position, agreed, signatures), deadline);
    }
    int tables = agreed == null ? 0 : (int) agreed.lines().count();
    return new SqlVerification(agreeing, differing, silent, tables, repairing);
  }

  private static List<String> difference(String agreed, SessionMessage.Digest digest) {
    List<String> others = agreed.lines().toList();
    List<String> own = digest.report().lines().toList();
    List<String> tables = new ArrayList<>();
    for (String line : others) {
      if (!own.contains(line)) {
        tables.add(line.substring(0, Math.max(0, line.indexOf('\t'))));
      }
    }
    for (String line : own) {
      String table = line.substring(0, Math.max(0, line.indexOf('\t')));
      if (!others.contains(line) && !tables.contains(table)) {
        tables.add(table);
      }
    }
    return tables;
  }
}
