package dev.lockstep.testkit.byzantine;

import dev.lockstep.api.RequestVerifier;
import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Reference;
import dev.lockstep.protocol.message.ResultDigest;
import dev.lockstep.protocol.port.Actions;
import dev.lockstep.replica.ServiceReplica;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/**
 * How a Byzantine test replica misbehaves. Each has a name for command lines, see {@link #parse}.
 *
 * @param interceptor what stands between the core and the world
 * @param requestVerifier looks at clients' requests before the core does; null for none
 */
public record Misbehaviour(UnaryOperator<Actions> interceptor, RequestVerifier requestVerifier) {

  /** The names that {@link #parse} understands. */
  public static final List<String> NAMES =
      List.of(
          "equivocate", "ignore:CLIENT", "delay:MILLIS", "false-replies", "double-vote", "mute");

  private Misbehaviour(UnaryOperator<Actions> interceptor) {
    this(interceptor, null);
  }

  /** The behaviour with this name; several joined with plus signs are shown at once. */
  public static Misbehaviour parse(String names) {
    return Arrays.stream(names.split("\\+"))
        .map(Misbehaviour::parseOne)
        .reduce(Misbehaviour::and)
        .orElseThrow();
  }

  /** Both at once. */
  public Misbehaviour and(Misbehaviour other) {
    RequestVerifier both =
        requestVerifier == null || other.requestVerifier == null
            ? requestVerifier == null ? other.requestVerifier : requestVerifier
            : (client, command) ->
                requestVerifier.isValid(client, command)
                    && other.requestVerifier.isValid(client, command);
    return new Misbehaviour(world -> interceptor.apply(other.interceptor.apply(world)), both);
  }

  private static Misbehaviour parseOne(String name) {
    String[] parts = name.split(":", 2);
    String argument = parts.length == 2 ? parts[1] : "";
    return switch (parts[0]) {
      case "equivocate" -> equivocate();
      case "ignore" -> ignore(UUID.fromString(argument));
      case "delay" -> delay(Long.parseLong(argument));
      case "false-replies" -> falseReplies();
      case "double-vote" -> doubleVote();
      case "mute" -> mute();
      default ->
          throw new IllegalArgumentException(
              "no misbehaviour is called " + name + "; there are " + String.join(", ", NAMES));
    };
  }

  /** Makes a replica misbehave. */
  public ServiceReplica.Builder applyTo(ServiceReplica.Builder replica) {
    replica.interceptor(interceptor);
    return requestVerifier == null ? replica : replica.requestVerifier(requestVerifier);
  }

  /**
   * As leader, proposes one value to some peers and another one to the others. Who gets which
   * changes with every instance, so that neither value has a quorum for long.
   */
  public static Misbehaviour equivocate() {
    return new Misbehaviour(
        world ->
            new OtherProposal(world) {
              @Override
              Batch batchFor(int peer, Batch truth) {
                return (peer + truth.instance()) % 2 == 0 ? truth : later(truth);
              }
            });
  }

  private static Batch later(Batch batch) {
    Batch.Header header = batch.header();
    return new Batch(
        new Batch.Header(
            header.view(),
            header.instance(),
            header.timestampMicros() + 1,
            header.nonceSeed(),
            header.proposedInRegency(),
            header.ancestor()),
        batch.references());
  }

  /**
   * Serves everybody but one client: as leader it never proposes its requests, not even those that
   * others forward, and it never answers it with a result.
   */
  public static Misbehaviour ignore(UUID client) {
    ClientId ignored =
        new ClientId(client.getMostSignificantBits(), client.getLeastSignificantBits());
    return new Misbehaviour(
        world ->
            new OtherProposal(world) {
              @Override
              Batch batchFor(int peer, Batch truth) {
                List<Reference> others =
                    truth.references().stream()
                        .filter(reference -> !reference.client().equals(ignored))
                        .toList();
                return others.size() == truth.references().size()
                    ? truth
                    : new Batch(truth.header(), others);
              }

              @Override
              public void reply(ClientId to, Message.ToClient message) {
                if (!to.equals(ignored)) {
                  world.reply(to, message);
                }
              }
            },
        (sender, command) -> !sender.equals(client));
  }

  /** As leader, holds every proposal back for this long. */
  public static Misbehaviour delay(long millis) {
    return new Misbehaviour(world -> new Late(world, TimeUnit.MILLISECONDS.toNanos(millis)));
  }

  /** Tells every client a wrong result. */
  public static Misbehaviour falseReplies() {
    return new Misbehaviour(
        world ->
            new Passing(world) {
              @Override
              public void reply(ClientId client, Message.ToClient message) {
                world.reply(client, message instanceof Message.Reply reply ? lie(reply) : message);
              }
            });
  }

  private static Message.Reply lie(Message.Reply truth) {
    if (truth.outcome() != Message.Outcome.EXECUTED) {
      return truth;
    }
    Bytes result = truth.result();
    Digest digest = truth.resultDigest();
    if (result == null) {
      digest = new Digest(~digest.a(), digest.b(), digest.c(), digest.d());
    } else {
      byte[] wrong = result.length() == 0 ? new byte[8] : result.array().clone();
      wrong[wrong.length - 1] ^= 1;
      result = new Bytes(wrong);
      digest = ResultDigest.of(truth.outcome(), result);
    }
    return new Message.Reply(
        truth.view(),
        truth.session(),
        truth.sequence(),
        truth.requestDigest(),
        truth.outcome(),
        digest,
        result,
        truth.instance());
  }

  /** Votes for what was proposed towards peers with even ids, and for nonsense towards others. */
  public static Misbehaviour doubleVote() {
    return new Misbehaviour(
        world ->
            new Passing(world) {
              @Override
              public void send(int to, Message.ReplicaMessage message) {
                world.send(to, to % 2 == 0 ? message : otherVote(message));
              }
            });
  }

  private static Message.ReplicaMessage otherVote(Message.ReplicaMessage message) {
    if (message instanceof Message.Write write) {
      return new Message.Write(write.instance(), write.regency(), other(write.digest()));
    }
    if (message instanceof Message.Accept accept) {
      return new Message.Accept(
          accept.instance(), accept.regency(), other(accept.digest()), accept.signature());
    }
    return message;
  }

  private static Digest other(Digest digest) {
    return new Digest(digest.a(), digest.b(), digest.c(), ~digest.d());
  }

  /** Hears everything and says nothing, to nobody. */
  public static Misbehaviour mute() {
    return new Misbehaviour(
        world ->
            new Passing(world) {
              @Override
              public void send(int to, Message.ReplicaMessage message) {}

              @Override
              public void reply(ClientId client, Message.ToClient message) {}
            });
  }
}
