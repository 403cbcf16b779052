package dev.lockstep.protocol.replica;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Statements;
import dev.lockstep.protocol.port.StartState;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.protocol.replica.facts.DecisionLog;
import dev.lockstep.protocol.view.View;
import java.util.ArrayList;
import java.util.List;

/** Empty decisions with good certificates, as many as wanted. */
public final class DecisionChain {
  private final View view;
  private final TestCrypto crypto = new TestCrypto();
  private final List<Batch> batches = new ArrayList<>();
  private final List<Digest> headers = new ArrayList<>(List.of(Digest.ZERO));

  public DecisionChain(View view) {
    this.view = view;
  }

  public Batch batch(long instance) {
    while (batches.size() < instance) {
      long next = batches.size() + 1L;
      long ancestor = Math.max(0, next - view.window());
      Batch batch =
          new Batch(
              new Batch.Header(
                  view.id(),
                  next,
                  ReplicaHarness.WALL + next,
                  Digest.ZERO,
                  0,
                  headers.get((int) ancestor)),
              List.of());
      headers.add(DecisionLog.header(next, headers.get(batches.size()), batch.digest()));
      batches.add(batch);
    }
    return batches.get((int) instance - 1);
  }

  public Certificate certificate(long instance) {
    Batch batch = batch(instance);
    List<Certificate.Vote> votes = new ArrayList<>();
    int quorum = (view.size() + view.faults()) / 2 + 1;
    for (View.Member member : view.members().subList(0, quorum)) {
      byte[] statement =
          Statements.accept(
              ReplicaHarness.CLUSTER, view.id(), instance, 0, batch.digest(), member.replica());
      Bytes signature = crypto.signer(member.replica()).sign(statement);
      votes.add(new Certificate.Vote(member.replica(), signature));
    }
    return new Certificate(instance, 0, batch.digest(), votes);
  }

  public Record.Decided decided(long instance) {
    return new Record.Decided(batch(instance), certificate(instance), List.of());
  }

  /** Of a replica that was restarted with so many decisions. */
  StartState state(long last) {
    List<Record> records = new ArrayList<>();
    for (long t = 1; t <= last; t++) {
      records.add(decided(t));
    }
    return new StartState(StartState.Kind.INTACT, records);
  }
}
