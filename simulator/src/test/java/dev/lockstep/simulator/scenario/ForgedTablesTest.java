package dev.lockstep.simulator.scenario;

import static dev.lockstep.simulator.scenario.Scenario.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Manifest;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Message.FetchPiece;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.replica.ReplicaConfig.Budgets;
import dev.lockstep.simulator.adversary.Adversary;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.script.MessageRule;
import dev.lockstep.simulator.script.ScriptedClient;
import dev.lockstep.simulator.script.SimCluster;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * A forged state: a checkpoint with the sessions that there are, and without the replies that
 * belong to them. Each part is well formed, the certificates are real. Whoever takes it up must not
 * break down over the next request: no event throws, whatever a peer sends.
 */
class ForgedTablesTest {
  private static final int D = 1;
  private static final int HONEST = 2;
  private static final int B = 3;
  private static final int PIECE = 64;

  /** Takes the honest replica's newest checkpoint and offers it to D with an empty reply cache. */
  private static final class ForgesTables implements Adversary {
    private Manifest honest;
    private List<Certificate> certificates;
    private final TreeMap<Integer, Bytes> pieces = new TreeMap<>();
    private Manifest forged;
    private final List<Bytes> forgedPieces = new ArrayList<>();

    @Override
    public String name() {
      return "forges-tables";
    }

    @Override
    public void onTimer(AdversaryContext context) {
      if (forged == null) {
        context.send(HONEST, new Message.FetchOffers());
      }
    }

    @Override
    public void onSend(AdversaryContext context, int to, Message.ReplicaMessage message) {
      if (message instanceof Message.Offers && to == D) {
        List<Message.Offer> offers =
            forged == null
                ? List.of()
                : List.of(new Message.Offer(forged.instance(), forged.hash(), forged.bytes()));
        context.send(to, new Message.Offers(offers, forged == null ? 1 : forged.instance(), 1_000));
      } else {
        context.send(to, message);
      }
    }

    @Override
    public boolean onReceive(AdversaryContext context, int from, Message.ReplicaMessage message) {
      if (message instanceof Message.Offers m && from == HONEST && !m.offers().isEmpty()) {
        long newest = m.offers().get(m.offers().size() - 1).instance();
        if (honest == null || newest > honest.instance()) {
          context.send(HONEST, new FetchPiece(newest, FetchPiece.MANIFEST));
        }
        return false;
      } else if (message instanceof Message.ManifestOf m && from == HONEST) {
        honest = m.manifest();
        certificates = m.certificates();
        pieces.clear();
        for (int i = 0; i < honest.size(); i++) {
          context.send(HONEST, new FetchPiece(honest.instance(), i));
        }
        return false;
      } else if (message instanceof Message.Piece m && from == HONEST) {
        if (m.instance() == honest.instance() && m.bytes().length() > 0) {
          pieces.put(m.piece(), m.bytes());
        }
        return false;
      } else if (message instanceof Message.FetchOffers && from == D && whole()) {
        forge();
      } else if (message instanceof FetchPiece m
          && forged != null
          && m.instance() == forged.instance()) {
        context.send(
            from,
            m.piece() == FetchPiece.MANIFEST
                ? new Message.ManifestOf(forged, certificates)
                : new Message.Piece(m.instance(), m.piece(), forgedPieces.get(m.piece())));
        return false;
      }
      return true;
    }

    private boolean whole() {
      return forged == null && honest != null && pieces.size() == honest.size();
    }

    private void forge() {
      ByteBuffer state = ByteBuffer.allocate(honest.stateBytes());
      List<Bytes> content = new ArrayList<>();
      pieces.forEach(
          (index, bytes) -> {
            if (index < honest.statePieces().size()) {
              state.put(bytes.array());
            } else {
              content.add(bytes);
            }
          });
      byte[] whole = withoutReplies(state.flip());
      List<Digest> digests = new ArrayList<>();
      for (int at = 0; at < whole.length; at += PIECE) {
        byte[] piece = Arrays.copyOfRange(whole, at, Math.min(whole.length, at + PIECE));
        forgedPieces.add(new Bytes(piece));
        digests.add(Digest.hash(piece));
      }
      forgedPieces.addAll(content);
      forged =
          new Manifest(
              honest.instance(),
              whole.length,
              digests,
              honest.contentBytes(),
              honest.contentPieces());
    }

    /** See CheckpointHead and ReplyCache.snapshot. */
    private static byte[] withoutReplies(ByteBuffer state) {
      int headers = state.getInt(9);
      int sessions = 13 + headers * Digest.BYTES;
      int replies = sessions + 4 + state.getInt(sessions);
      ByteBuffer out = ByteBuffer.allocate(replies + 4 + 17 + 12);
      out.put(state.array(), 0, replies).putInt(17 + 12);
      out.put(state.array(), replies + 4, 17).putInt(0).putInt(0).putInt(0);
      return out.array();
    }
  }

  @Test
  void anEmptyReplyCacheBesideSessionsIsRefused() {
    Budgets some = Budgets.defaults();
    SimCluster cluster =
        SimCluster.withReplicas(4)
            .window(2)
            .checkpoints(20, PIECE)
            .budgets(
                new Budgets(
                    some.clientRequests(),
                    some.clientBytes(),
                    some.peerRequests(),
                    some.peerBytes(),
                    1,
                    some.transferBytes()))
            .behaves(B, new ForgesTables())
            .start();
    ScriptedClient alice = Scenario.client(cluster, "alice");
    MessageRule cut = cluster.isolate(D);
    Scenario.serve(cluster, alice, 97 - (int) Scenario.last(cluster));
    cluster.runFor(SECOND / 5);
    cut.stop();
    cluster.runUntil(() -> cluster.replica(D).count(Event.TRANSFER_DONE) == 1, 20 * SECOND);
    cluster.runUntil(() -> !cluster.replica(D).isLearner(), 10 * SECOND);
    Scenario.serve(cluster, alice, 20);
    assertThat(cluster.replica(D).isUp()).isTrue();
    cluster.finish();
  }
}
