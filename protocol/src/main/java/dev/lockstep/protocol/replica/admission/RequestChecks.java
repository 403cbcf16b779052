package dev.lockstep.protocol.replica.admission;

import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.message.Statements;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.port.Signatures;
import dev.lockstep.protocol.replica.facts.Cost;
import dev.lockstep.protocol.replica.facts.PeerCosts;
import dev.lockstep.protocol.replica.kernel.Outbox;
import dev.lockstep.protocol.view.Genesis;
import dev.lockstep.protocol.view.PeerTable;
import dev.lockstep.protocol.view.ViewHistory;

/**
 * Client signatures on requests that came through peers (SIGNED views). Each costs some tenths of a
 * millisecond, so they are checked beside the protocol, and what one peer can have checked is
 * bounded: per second, and under way.
 */
public final class RequestChecks {
  /** Checks of one peer's requests that are under way, but for those of its proposals. */
  private static final int UNDER_WAY = 1024;

  private static final class UnderWay {
    int count;
    long bytes;
  }

  private final Genesis genesis;
  private final Outbox out;
  private final PeerCosts costs;
  private final Signatures signatures;
  private final long bytesMost;
  private final PeerTable<UnderWay> peers;

  /**
   * @param bytesMost bytes of one peer's requests that may wait for their checks, but for those of
   *     its proposals
   */
  public RequestChecks(
      Genesis genesis,
      ViewHistory views,
      Outbox out,
      PeerCosts costs,
      Signatures signatures,
      long bytesMost) {
    this.genesis = genesis;
    this.out = out;
    this.costs = costs;
    this.signatures = signatures;
    this.bytesMost = bytesMost;
    peers = new PeerTable<>(views.peers(), id -> new UnderWay());
  }

  /** Has the signature checked if the peer may cause that; {@link #end} follows. */
  void begin(int from, Request request) {
    UnderWay underWay = peers.of(from);
    if (underWay.count >= UNDER_WAY || underWay.bytes >= bytesMost) {
      out.count(Event.OVER_BUDGET, from);
    } else if (costs.charge(from, Cost.CLIENT_SIGNATURE)) {
      check(from, request);
    }
  }

  /**
   * Has the signature checked of a request that the leader proposes. It is not charged: there are
   * as many as a batch has, once for each instance, and those of correct leaders must pass however
   * many they are.
   */
  void beginProposed(int leader, Request request) {
    check(leader, request);
  }

  private void check(int from, Request request) {
    UnderWay underWay = peers.of(from);
    underWay.count++;
    underWay.bytes += request.weight();
    signatures.verifyRequest(
        from, request, Statements.request(genesis.cluster(), request.digest()));
  }

  /** The signature was checked. */
  void end(int from, Request request) {
    UnderWay underWay = peers.of(from);
    underWay.count--;
    underWay.bytes -= request.weight();
  }
}
