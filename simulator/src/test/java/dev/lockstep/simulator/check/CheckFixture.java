package dev.lockstep.simulator.check;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.histories.KvOperation;
import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.bytes.Encoder;
import dev.lockstep.protocol.crypto.Verifier;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Reference;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.message.Statements;
import dev.lockstep.protocol.message.Testimony;
import dev.lockstep.protocol.port.Delivery;
import dev.lockstep.protocol.port.Delivery.Command;
import dev.lockstep.protocol.view.View;
import dev.lockstep.simulator.Violation;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Makes what the tests of the checkers feed them. Replica 0 is Byzantine unless said otherwise. */
final class CheckFixture {
  static final Digest CLUSTER = digest("cluster");
  static final ClientId ALICE = new ClientId(0, 1);
  static final ClientId MALLORY = new ClientId(0, 666);
  static final long SECOND = 1_000_000;

  private CheckFixture() {}

  static Digest digest(String name) {
    return new Encoder().label(name).hash();
  }

  static View view(View.Mode mode, int window, int faults, Integer... weights) {
    return View.genesis(
        mode,
        window,
        List.of(weights),
        faults,
        View.Limits.defaults(View.RequestAuthentication.SIGNED));
  }

  /** Four replicas, one of them may be and is faulty. */
  static CheckContext four(int window) {
    return context(view(View.Mode.BYZANTINE, window, 1, 1, 1, 1, 1), 0);
  }

  static CheckContext crash(int window) {
    return context(view(View.Mode.CRASH, window, 1, 1, 1, 1));
  }

  static CheckContext context(View view, Integer... byzantine) {
    return new CheckContext(
        view, CLUSTER, VERIFIER, Set.of(byzantine), true, Set.of(3), SECOND / 2, SECOND, 2);
  }

  static void assertViolation(String check, ThrowingCallable event) {
    assertThatThrownBy(event)
        .isInstanceOfSatisfying(
            Violation.class,
            violation ->
                org.assertj.core.api.Assertions.assertThat(violation.check())
                    .as(violation.getMessage())
                    .isEqualTo(check));
  }

  // ---- signatures

  static Bytes sign(long key, byte[] statement) {
    Digest hash = new Encoder().i64(key).raw(statement).hash();
    return new Bytes(new Encoder().digest(hash).toByteArray());
  }

  static final Verifier VERIFIER =
      new Verifier() {
        @Override
        public boolean replica(int replica, byte[] statement, Bytes signature) {
          return sign(replica, statement).equals(signature);
        }

        @Override
        public boolean client(ClientId client, byte[] statement, Bytes signature) {
          return sign(1000 + client.low(), statement).equals(signature);
        }
      };

  static Certificate certificate(long instance, long regency, Digest digest, int... voters) {
    List<Certificate.Vote> votes = new ArrayList<>();
    for (int voter : voters) {
      byte[] statement = Statements.accept(CLUSTER, 0, instance, regency, digest, voter);
      votes.add(new Certificate.Vote(voter, sign(voter, statement)));
    }
    return new Certificate(instance, regency, digest, votes);
  }

  static Message.SignedTestimony signed(Testimony core) {
    return new Message.SignedTestimony(
        core, sign(core.replica(), Statements.stopData(CLUSTER, core)));
  }

  static Message.StopData stopData(
      long regency, int replica, long lastDelivered, Testimony.Open... open) {
    return new Message.StopData(
        signed(new Testimony(regency, replica, 0, lastDelivered, List.of(), List.of(open))),
        List.of());
  }

  // ---- requests and batches

  static Request request(ClientId client, long session, long sequence, KvOperation operation) {
    Request unsigned =
        new Request(
            Request.Kind.ORDERED, client, session, sequence, operation.encode(), Bytes.EMPTY);
    byte[] statement = Statements.request(CLUSTER, unsigned.digest());
    return unsigned.withSignature(sign(1000 + client.low(), statement));
  }

  static Request put(long sequence) {
    return request(ALICE, 7, sequence, KvOperation.put(1, sequence));
  }

  static Digest header(long instance, Digest previous, Batch batch) {
    return new Encoder()
        .label("LOCKSTEP-HEADER")
        .i64(instance)
        .digest(previous)
        .digest(batch.digest())
        .hash();
  }

  static Batch batch(long instance, long regency, Digest ancestor, Request... requests) {
    List<Reference> references = new ArrayList<>();
    for (Request request : requests) {
      references.add(request.reference());
    }
    return new Batch(
        new Batch.Header(0, instance, instance * SECOND, digest("seed"), regency, ancestor),
        references);
  }

  static Delivery delivery(Batch batch, Request... requests) {
    List<Command> commands = new ArrayList<>();
    for (int i = 0; i < requests.length; i++) {
      Request r = requests[i];
      commands.add(new Command(i, r.client(), r.session(), r.sequence(), r));
    }
    Batch.Header header = batch.header();
    return new Delivery(
        batch.instance(),
        header.timestampMicros(),
        header.nonceSeed(),
        header.proposedInRegency(),
        (int) (header.proposedInRegency() % 4),
        commands);
  }

  /** A delivery without commands, for checkers that only count. */
  static Delivery empty(long instance) {
    return delivery(batch(instance, 0, Digest.ZERO));
  }
}
