package dev.lockstep.fabric.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.lockstep.api.MessageContext;
import dev.lockstep.api.Snapshot;
import dev.lockstep.fabric.RefusedException;
import dev.lockstep.fabric.Samples;
import dev.lockstep.fabric.block.BlockHeaders;
import dev.lockstep.fabric.config.ChannelConfig;
import dev.lockstep.fabric.config.ConfigEnvelopes;
import dev.lockstep.fabric.config.ConfigUpdates;
import dev.lockstep.fabric.load.Envelopes;
import dev.lockstep.fabric.node.Commands.Verdict;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.hyperledger.fabric.protos.common.BlockHeader;
import org.hyperledger.fabric.protos.common.Status;
import org.junit.jupiter.api.Test;

/**
 * Four nodes on one order that is drawn from a seed: messages good and bad, again and again, through
 * any frontend, configurations, ticks. Nodes lag, take checkpoints, crash and execute again, and
 * take up the state of others. The checker sees blocks and answers only: the chain is the same
 * everywhere and has no gap, nothing is in it twice, and what was answered SUCCESS is in it, and
 * nothing else.
 */
class OrderingSimulationTest {
  private static final String CHANNEL = "raftsig10";
  private static final int NODES = 4;
  private static final int STEPS = 150;
  private static final List<ByteString> MESSAGES = messages();
  private static final List<ByteString> BAD =
      List.of(
          Samples.bytes("envelopes/raftsig10/20-fields-swapped.pb"),
          Samples.bytes("envelopes/raftsig10/30-high-s.pb"),
          Samples.bytes("envelopes/raftsig10/32-bad-signature.pb"),
          Samples.bytes("envelopes/raftsig10/37-outsider-org1.pb"),
          Samples.bytes("envelopes/raftsig10/44-garbage-payload.pb"),
          Samples.bytes("envelopes/raftsig10/60-type-1.pb"));
  private static final List<String> UPDATES =
      List.of("72-batchsize20", "75-endpoint-add", "76-batchtimeout250");

  private static List<ByteString> messages() {
    Envelopes make = new Envelopes(Samples.user("User1", 1), CHANNEL);
    List<ByteString> all = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      all.add(make.message(i, i % 150 == 7 ? 700_000 : 20).toByteString());
    }
    return all;
  }

  private record Ordered(byte[] command, long micros) {}

  /** The order, and what the first to execute each command answered. */
  private final List<Ordered> order = new ArrayList<>();

  private final Map<Integer, byte[]> answers = new HashMap<>();

  private final class Node {
    private final List<OrderedBlock> stored = new ArrayList<>();
    private OrderingService service = service();
    private int position;
    private byte[] checkpoint;
    private int checkpointPosition;

    private OrderingService service() {
      try {
        return new OrderingService(
            Map.of(CHANNEL, Samples.genesis(CHANNEL)),
            new OrderingService.Listener() {
              @Override
              public void onBlock(OrderedBlock block) {
                int index = (int) block.number() - 1;
                assertThat(index).as("no gap").isLessThanOrEqualTo(stored.size());
                if (index == stored.size()) {
                  stored.add(block);
                } else {
                  assertThat(block).as("ordered again").isEqualTo(stored.get(index));
                }
              }
            });
      } catch (RefusedException e) {
        throw new IllegalStateException(e);
      }
    }

    void execute() {
      Ordered next = order.get(position);
      MessageContext context =
          new MessageContext(
              new MessageContext.BatchContext(position + 1, 0, 0, next.micros, 0),
              new UUID(1, 2),
              1,
              position + 1,
              0);
      byte[] answer = service.executeOrdered(next.command, context);
      byte[] first = answers.putIfAbsent(position, answer);
      assertThat(first == null || java.util.Arrays.equals(first, answer))
          .as("the same answer everywhere to command " + position)
          .isTrue();
      position++;
    }

    void checkpoint() throws Exception {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      try (Snapshot snapshot = service.snapshot()) {
        snapshot.writeTo(out);
      }
      checkpoint = out.toByteArray();
      checkpointPosition = position;
    }

    void crash() throws Exception {
      service = service();
      position = 0;
      if (checkpoint != null) {
        service.restore(new ByteArrayInputStream(checkpoint));
        position = checkpointPosition;
      }
    }

    /** As a node does that is behind: the state of another, and then its blocks. */
    void takeUp(Node other) throws Exception {
      if (other.checkpoint == null || other.checkpointPosition <= position) {
        return;
      }
      service = service();
      service.restore(new ByteArrayInputStream(other.checkpoint));
      position = other.checkpointPosition;
      checkpoint = other.checkpoint;
      checkpointPosition = position;
      for (int next = stored.size(); next < other.stored.size(); next++) {
        stored.add(other.stored.get(next));
      }
    }
  }

  private byte[] drawCommand(Random random, ChannelConfig known) {
    if (random.nextInt(6) == 0) {
      return Commands.tick();
    }
    List<ByteString> envelopes = new ArrayList<>();
    for (int i = random.nextInt(12); i >= 0; i--) {
      int kind = random.nextInt(20);
      if (kind == 0) {
        envelopes.add(BAD.get(random.nextInt(BAD.size())));
      } else if (kind == 1) {
        String update = UPDATES.get(random.nextInt(UPDATES.size()));
        try {
          envelopes.add(
              ConfigEnvelopes.wrap(
                      ConfigUpdates.propose(
                          known, Samples.envelope("raftsig10/" + update + ".pb")),
                      Samples.orderer(1 + random.nextInt(4)),
                      Samples.NOW)
                  .toByteString());
        } catch (RefusedException e) {
          envelopes.add(MESSAGES.get(0)); // It is in force already.
        }
      } else {
        envelopes.add(MESSAGES.get(random.nextInt(MESSAGES.size())));
      }
    }
    return Commands.submit(envelopes);
  }

  private void run(long seed) throws Exception {
    Random random = new Random(seed);
    order.clear();
    answers.clear();
    List<Node> nodes = new ArrayList<>();
    for (int i = 0; i < NODES; i++) {
      nodes.add(new Node());
    }
    ChannelConfig known = Samples.config(CHANNEL);
    long micros = 1_795_810_000_000_000L;
    for (int step = 0; step < STEPS; step++) {
      micros += random.nextInt(200_000);
      order.add(new Ordered(drawCommand(random, known), micros));
      Node node = nodes.get(random.nextInt(NODES));
      switch (random.nextInt(12)) {
        case 0 -> node.crash();
        case 1 -> node.checkpoint();
        case 2 -> node.takeUp(nodes.get(random.nextInt(NODES)));
        default -> {
          for (int i = random.nextInt(8); i >= 0 && node.position < order.size(); i--) {
            node.execute();
          }
        }
      }
      // Frontends know the configuration of whoever is ahead, or an older one.
      if (random.nextBoolean()) {
        known = configAtEnd(nodes.get(random.nextInt(NODES)));
      }
    }
    order.add(new Ordered(Commands.tick(), micros + 10_000_000));
    for (Node node : nodes) {
      while (node.position < order.size()) {
        node.execute();
      }
    }
    check(nodes);
  }

  private static ChannelConfig configAtEnd(Node node) throws Exception {
    for (int i = node.stored.size() - 1; i >= 0; i--) {
      OrderedBlock block = node.stored.get(i);
      if (block.isConfig()) {
        return ChannelConfig.ofBlock(
            dev.lockstep.fabric.block.Blocks.assemble(
                block.header(), block.data(), block.lastConfig(), List.of()));
      }
    }
    return Samples.config(CHANNEL);
  }

  private void check(List<Node> nodes) throws Exception {
    List<OrderedBlock> chain = nodes.get(0).stored;
    for (Node node : nodes) {
      assertThat(node.stored).isEqualTo(chain);
    }
    Set<ByteString> inChain = new HashSet<>();
    BlockHeader previous = Samples.genesis(CHANNEL).getHeader();
    for (OrderedBlock block : chain) {
      assertThat(block.number()).isEqualTo(previous.getNumber() + 1);
      assertThat(block.header().getPreviousHash()).isEqualTo(BlockHeaders.hash(previous));
      assertThat(block.data()).isNotEmpty();
      for (ByteString envelope : block.data()) {
        assertThat(inChain.add(envelope)).as("once").isTrue();
      }
      previous = block.header();
    }
    Set<ByteString> acknowledged = new HashSet<>();
    for (int i = 0; i < order.size(); i++) {
      byte[] command = order.get(i).command;
      if (command[0] != Commands.SUBMIT) {
        continue;
      }
      var in = new dev.lockstep.services.command.ByteReader(command);
      in.u8();
      List<byte[]> envelopes = Commands.readEnvelopes(in);
      List<Verdict> verdicts = Commands.readVerdicts(answers.get(i), envelopes.size());
      for (int k = 0; k < verdicts.size(); k++) {
        if (verdicts.get(k).status() == Status.SUCCESS) {
          acknowledged.add(ByteString.copyFrom(envelopes.get(k)));
        }
      }
    }
    assertThat(inChain).isEqualTo(acknowledged);
    assertThat(BAD).noneMatch(inChain::contains);
  }

  @Test
  void theChainIsTheSameEverywhereWhateverHappens() throws Exception {
    for (long seed = 1; seed <= 6; seed++) {
      try {
        run(seed);
      } catch (AssertionError e) {
        throw new AssertionError("seed " + seed, e);
      }
    }
  }
}
