package dev.lockstep.simulator.check;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.bytes.Encoder;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Reference;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.message.Statements;
import dev.lockstep.protocol.port.Delivery;
import dev.lockstep.protocol.port.Delivery.Command;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.protocol.view.View;
import dev.lockstep.simulator.Observer;
import dev.lockstep.simulator.Sighting;
import dev.lockstep.simulator.Sighting.Delivered;
import dev.lockstep.simulator.Sighting.Issued;
import dev.lockstep.simulator.Sighting.Persisting;
import dev.lockstep.simulator.Violation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * I3: what is decided was valid, and what is executed was asked for.
 *
 * <p>The static part of validity (RULES 16, 17) is checked for decided batches and already for
 * those that correct replicas WRITE: an invalid value that gathered a WRITE quorum could never be
 * got rid of again. A delivery must be what its batch says. An executed command must have been
 * issued by its client; with client signatures, in a variant whose signature is valid. The
 * signature of the body that is delivered does not matter: a fetched body is recognised by its
 * digest alone.
 */
public final class ValidityChecker implements Observer {
  private final View view;
  private final Digest cluster;
  private final CheckContext context;
  private final Group group;
  private final boolean signed;

  private final Map<Digest, Reference> issued = new HashMap<>();
  private final Set<ClientId> correctClients = new HashSet<>();
  private final Map<Long, ClientId> owners = new HashMap<>();

  /** Digests of batches that were found valid at the instance in their header. */
  private final Set<Digest> checked = new HashSet<>();

  private final Map<Long, Batch> decided = new HashMap<>();
  private final List<Delivery> deliveries = new ArrayList<>();

  /** headers.get(t) is header(t). */
  private final List<Digest> headers = new ArrayList<>(List.of(Digest.ZERO));

  /** Deliveries that were compared with their batches, from instance 1 on. */
  private int compared;

  public ValidityChecker(CheckContext context) {
    this.context = context;
    view = context.view();
    cluster = context.cluster();
    group = new Group(view, context.byzantine());
    signed = view.limits().authentication() == View.RequestAuthentication.SIGNED;
  }

  @Override
  public void saw(long now, Sighting sighting) {
    if (sighting instanceof Persisting seen) {
      persisting(seen.replica(), seen.record());
    } else if (sighting instanceof Delivered seen) {
      delivered(seen.delivery());
    } else if (sighting instanceof Issued seen) {
      issued(seen.client(), seen.correct(), seen.request());
    }
  }

  private void issued(ClientId client, boolean correct, Request request) {
    if (correct) {
      correctClients.add(client);
    }
    if (!signed || hasValidSignature(request)) {
      issued.put(request.digest(), request.reference());
    }
  }

  /** Whether its client asked for it. */
  private boolean isGenuine(Request request) {
    if (issued.containsKey(request.digest())) {
      return true;
    }
    // A Byzantine client's key may be anywhere, so its valid signature is as good as having issued.
    boolean genuine =
        signed && !correctClients.contains(request.client()) && hasValidSignature(request);
    if (genuine) {
      issued.put(request.digest(), request.reference());
    }
    return genuine;
  }

  private boolean hasValidSignature(Request request) {
    return context
        .verifier()
        .client(
            request.client(), Statements.request(cluster, request.digest()), request.signature());
  }

  private void persisting(int replica, Record record) {
    if (record instanceof Record.Wrote wrote) {
      wrote(replica, wrote);
    } else if (record instanceof Record.Decided decision) {
      Batch batch = decision.batch();
      if (decided.putIfAbsent(batch.instance(), batch) == null) {
        extendChain();
        checkStatic(replica, batch.instance(), batch, "decides");
        compareDeliveries();
      }
    }
  }

  private void extendChain() {
    Batch next = decided.get((long) headers.size());
    while (next != null) {
      long instance = headers.size();
      headers.add(
          new Encoder(96)
              .label("LOCKSTEP-HEADER")
              .i64(instance)
              .digest(headers.get(headers.size() - 1))
              .digest(next.digest())
              .hash());
      next = decided.get((long) headers.size());
    }
  }

  private void wrote(int replica, Record.Wrote wrote) {
    Batch batch = wrote.batch();
    checkStatic(replica, wrote.instance(), batch, "writes");
    long proposed = batch.header().proposedInRegency();
    if (proposed < 0 || proposed > wrote.regency()) {
      throw new Violation(
          "I3",
          "replica "
              + replica
              + " writes in regency "
              + wrote.regency()
              + " a value that was proposed in "
              + proposed);
    }
    if (proposed == wrote.regency()) {
      for (Request body : wrote.bodies()) {
        if (!isGenuine(body)) {
          throw new Violation(
              "I3", "replica " + replica + " writes a fresh value with the forged " + body);
        }
      }
      for (Reference reference : batch.references()) {
        if (!reference.equals(issued.get(reference.digest()))) {
          throw new Violation(
              "I3", "replica " + replica + " writes a fresh value with the forged " + reference);
        }
      }
    }
  }

  private void checkStatic(int replica, long instance, Batch batch, String what) {
    String fault = null;
    if (batch.instance() != instance) {
      fault = "names instance " + batch.instance();
    } else if (!checked.contains(batch.digest())) {
      fault = staticFault(batch);
      // Without the ancestor the verdict is not final.
      if (fault == null && instance - view.window() < headers.size()) {
        checked.add(batch.digest());
      }
    }
    if (fault != null) {
      throw new Violation(
          "I3", "replica " + replica + " " + what + " at " + instance + " a value that " + fault);
    }
  }

  /** Returns null when nothing is wrong. */
  private String staticFault(Batch batch) {
    if (batch.header().view() != view.id()) {
      return "names view " + batch.header().view();
    }
    long ancestor = batch.instance() - view.window();
    if (ancestor < headers.size()) {
      Digest expected = ancestor < 1 ? Digest.ZERO : headers.get((int) ancestor);
      if (!batch.header().ancestor().equals(expected)) {
        return "follows the wrong header at " + ancestor;
      }
    }
    if (batch.references().size() > view.limits().batchRequests()) {
      return "has " + batch.references().size() + " requests";
    }
    Set<Digest> seen = new HashSet<>();
    for (Reference reference : batch.references()) {
      if (!seen.add(reference.digest())) {
        return "has the same request twice: " + reference;
      }
    }
    return null;
  }

  private void delivered(Delivery delivery) {
    if (delivery.instance() != deliveries.size() + 1) {
      return;
    }
    deliveries.add(delivery);
    long bytes = 0;
    for (Command command : delivery.commands()) {
      execute(delivery.instance(), command);
      bytes += command.request().operation().length();
    }
    if (bytes > view.limits().batchBytes()) {
      throw new Violation(
          "I3", "instance " + delivery.instance() + " executes " + bytes + " bytes of operations");
    }
    if (delivery.leader() != view.leader(delivery.regency())) {
      throw new Violation(
          "I3",
          "instance " + delivery.instance() + " names a leader that did not lead its regency");
    }
    compareDeliveries();
  }

  private void execute(long instance, Command command) {
    Request request = command.request();
    if (!command.client().equals(request.client())
        || command.session() != request.session()
        || command.sequence() != request.sequence()) {
      throw new Violation(
          "I3", "instance " + instance + " executes under a wrong name: " + command);
    }
    if (request.kind() == Request.Kind.UNORDERED) {
      throw new Violation("I3", "instance " + instance + " executes the unordered " + request);
    }
    if (request.operation().length() > view.limits().requestBytes()) {
      throw new Violation("I3", "instance " + instance + " executes the oversized " + request);
    }
    if (!isGenuine(request)) {
      throw new Violation(
          "I3", "instance " + instance + " executes " + request + ", which nobody issued");
    }
    if (request.kind() == Request.Kind.ORDERED) {
      ClientId owner = owners.putIfAbsent(command.session(), command.client());
      if (owner != null && !owner.equals(command.client())) {
        throw new Violation(
            "I3", "instance " + instance + " lets " + request + " use a session of " + owner);
      }
    }
  }

  /** Compares deliveries with their batches, as soon as both are known and in order. */
  private void compareDeliveries() {
    while (compared < deliveries.size() && decided.containsKey((long) compared + 1)) {
      long before = compared == 0 ? Long.MIN_VALUE : deliveries.get(compared - 1).timestampMicros();
      compared++;
      compareDelivery(deliveries.get(compared - 1), decided.get((long) compared), before);
    }
  }

  private static void compareDelivery(Delivery delivery, Batch batch, long before) {
    long time = batch.header().timestampMicros();
    // The time before the first instance is the implementation's choice.
    boolean same =
        (before == Long.MIN_VALUE
                ? delivery.timestampMicros() >= time
                : delivery.timestampMicros() == Math.max(before + 1, time))
            && delivery.nonceSeed().equals(batch.header().nonceSeed())
            && delivery.regency() == batch.header().proposedInRegency();
    int last = -1;
    for (Command command : delivery.commands()) {
      same =
          same
              && command.index() > last
              && command.index() < batch.references().size()
              && batch.references().get(command.index()).equals(command.request().reference());
      last = command.index();
    }
    if (!same) {
      throw new Violation("I3", delivery + " is not what its " + batch + " says");
    }
  }
}
