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
import dev.lockstep.fabric.msp.SigningIdentity;
import dev.lockstep.fabric.node.Commands.Verdict;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.hyperledger.fabric.protos.common.ChannelHeader;
import org.hyperledger.fabric.protos.common.Envelope;
import org.hyperledger.fabric.protos.common.Header;
import org.hyperledger.fabric.protos.common.Payload;
import org.hyperledger.fabric.protos.common.SignatureHeader;
import org.hyperledger.fabric.protos.common.Status;
import org.junit.jupiter.api.Test;

/** The replicated service alone, with the group's time in the test's hand. */
class OrderingServiceTest {
  private static final String CHANNEL = "raftsig10";
  private static final long TIMEOUT_MICROS = 500_000;
  private static final UUID FRONTEND = new UUID(1, 2);
  private static final SigningIdentity USER = Samples.user("User1", 1);

  private final List<OrderedBlock> blocks = new ArrayList<>();
  private final List<Long> waiting = new ArrayList<>();
  private final OrderingService service = service(blocks);
  private long nowMicros = 1_795_810_000_000_000L;
  private long instance;
  private int nonce;

  private OrderingService service(List<OrderedBlock> into) {
    try {
      return new OrderingService(
          Map.of(CHANNEL, Samples.genesis(CHANNEL)),
          new OrderingService.Listener() {
            @Override
            public void onBlock(OrderedBlock block) {
              into.add(block);
            }

            @Override
            public void onWaiting(String channel, long dueMicros, int leader) {
              waiting.add(dueMicros);
            }
          });
    } catch (RefusedException e) {
      throw new IllegalStateException(e);
    }
  }

  private MessageContext context() {
    return new MessageContext(
        new MessageContext.BatchContext(++instance, 0, 0, nowMicros, 0), FRONTEND, 1, instance, 0);
  }

  private Envelope envelope(SigningIdentity signer, String channel, int bytes) {
    ByteString payload =
        Payload.newBuilder()
            .setHeader(
                Header.newBuilder()
                    .setChannelHeader(
                        ChannelHeader.newBuilder().setChannelId(channel).build().toByteString())
                    .setSignatureHeader(
                        SignatureHeader.newBuilder()
                            .setCreator(signer.serialized())
                            .setNonce(ByteString.copyFromUtf8("n" + nonce++))
                            .build()
                            .toByteString()))
            .setData(ByteString.copyFrom(new byte[bytes]))
            .build()
            .toByteString();
    return Envelope.newBuilder()
        .setPayload(payload)
        .setSignature(signer.sign(payload.toByteArray()))
        .build();
  }

  private ByteString message(int bytes) {
    return envelope(USER, CHANNEL, bytes).toByteString();
  }

  private List<Verdict> submit(OrderingService to, List<ByteString> envelopes) throws Exception {
    return Commands.readVerdicts(
        to.executeOrdered(Commands.submit(envelopes), context()), envelopes.size());
  }

  private Verdict submit(ByteString envelope) throws Exception {
    return submit(service, List.of(envelope)).get(0);
  }

  private void tick() {
    service.executeOrdered(Commands.tick(), context());
  }

  private List<Integer> sizes() {
    return blocks.stream().map(block -> block.data().size()).toList();
  }

  private List<ByteString> messages(int count, int bytes) {
    List<ByteString> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      all.add(message(bytes));
    }
    return all;
  }

  @Test
  void tenMessagesAreABlock() throws Exception {
    submit(service, messages(25, 10));
    assertThat(sizes()).containsExactly(10, 10);
    submit(service, messages(5, 10));
    assertThat(sizes()).containsExactly(10, 10, 10);
    assertThat(waiting).as("each batch that begins to wait is told").hasSize(3);
  }

  @Test
  void blocksAreChained() throws Exception {
    submit(service, messages(30, 10));
    var previous = Samples.genesis(CHANNEL).getHeader();
    for (OrderedBlock block : blocks) {
      assertThat(block.number()).isEqualTo(previous.getNumber() + 1);
      assertThat(block.header().getPreviousHash()).isEqualTo(BlockHeaders.hash(previous));
      assertThat(block.header().getDataHash()).isEqualTo(BlockHeaders.dataHash(block.data()));
      previous = block.header();
    }
  }

  @Test
  void aBlockIsCutBeforeItGetsTooLarge() throws Exception {
    submit(service, messages(3, 900_000));
    assertThat(sizes()).containsExactly(2);
    submit(message(3_000_000));
    assertThat(sizes()).as("what waits, then the large one alone").containsExactly(2, 1, 1);
  }

  @Test
  void nobodyCutsABlockBeforeItsTime() throws Exception {
    submit(message(10));
    for (int i = 0; i < 100; i++) {
      tick();
    }
    nowMicros += TIMEOUT_MICROS - 1;
    tick();
    assertThat(blocks).isEmpty();
    nowMicros++;
    tick();
    assertThat(sizes()).containsExactly(1);
    nowMicros += TIMEOUT_MICROS;
    tick();
    assertThat(sizes()).as("never an empty one").containsExactly(1);
  }

  @Test
  void whateverIsOrderedCutsWhatIsOverdue() throws Exception {
    submit(message(10));
    nowMicros += TIMEOUT_MICROS;
    submit(message(10));
    assertThat(sizes()).containsExactly(1);
  }

  @Test
  void theSameEnvelopeIsOrderedOnceAndAnsweredSuccess() throws Exception {
    ByteString message = message(10);
    assertThat(submit(message).status()).isEqualTo(Status.SUCCESS);
    assertThat(submit(message).status()).isEqualTo(Status.SUCCESS);
    submit(service, messages(8, 10));
    assertThat(blocks).isEmpty();
    submit(message(10));
    assertThat(sizes()).containsExactly(10);
    assertThat(submit(message).status()).isEqualTo(Status.SUCCESS);
    nowMicros += TIMEOUT_MICROS;
    tick();
    assertThat(sizes()).as("also when it is in a block").containsExactly(10);
  }

  @Test
  void aByzantineFrontendGetsNothingInThatPeersWouldRefuse() throws Exception {
    for (String file :
        List.of(
            "20-fields-swapped",
            "22-unknown-field-first",
            "23-payload-twice",
            "24-long-varint",
            "25-trailing-garbage",
            "30-high-s",
            "31-empty-signature",
            "32-bad-signature",
            "35-payload-changed",
            "36-no-creator",
            "37-outsider-org1",
            "38-unknown-mspid",
            "39-expired-cert",
            "40-no-header",
            "43-garbage-signature-header",
            "44-garbage-payload",
            "45-empty-envelope",
            "50-unknown-channel",
            "60-type-1",
            "60-type-2",
            "60-type-4",
            "72-batchsize20")) {
      ByteString bytes = Samples.bytes("envelopes/raftsig10/" + file + ".pb");
      assertThat(submit(bytes).status()).as(file).isNotEqualTo(Status.SUCCESS);
    }
    assertThat(submit(envelope(Samples.user("User1", 2), "bft10", 10).toByteString()).info())
        .isEqualTo("channel does not exist");
    assertThat(submit(message(11 << 20)).info()).contains("exceeds maximum allowed");
    nowMicros += TIMEOUT_MICROS;
    tick();
    assertThat(blocks).isEmpty();
  }

  @Test
  void commandsOfAnyBytesAreSurvived() {
    for (byte[] bytes : new byte[][] {{}, {0}, {1}, {1, 0, 0, 0, 9}, {9, 9}, {1, -1, -1, -1, -1}}) {
      assertThat(service.executeOrdered(bytes, context())).isEmpty();
      service.executeUnordered(bytes, context());
    }
  }

  @Test
  void aCommandWithABadSignatureIsRefusedBeforeTheOrder() {
    Envelope good = envelope(USER, CHANNEL, 10);
    assertThat(service.isValid(FRONTEND, Commands.submit(List.of(good.toByteString())))).isTrue();
    ByteString bad = Samples.bytes("envelopes/raftsig10/32-bad-signature.pb");
    assertThat(service.isValid(FRONTEND, Commands.submit(List.of(good.toByteString(), bad))))
        .isFalse();
    assertThat(service.isValid(FRONTEND, new byte[] {1, 0, 0, 0, 9})).isFalse();
    assertThat(service.isValid(FRONTEND, new byte[0])).isFalse();
  }

  private static ByteString configuration(ChannelConfig current, String update) throws Exception {
    return ConfigEnvelopes.wrap(
            ConfigUpdates.propose(current, Samples.envelope("raftsig10/" + update + ".pb")),
            Samples.orderer(1),
            Samples.NOW)
        .toByteString();
  }

  @Test
  void aConfigurationIsAloneInItsBlockAndTakesEffect() throws Exception {
    submit(message(10));
    ByteString config = configuration(Samples.config(CHANNEL), "72-batchsize20");
    assertThat(submit(config).status()).isEqualTo(Status.SUCCESS);
    assertThat(sizes()).as("what waited comes before it").containsExactly(1, 1);
    assertThat(blocks.get(0).lastConfig()).isZero();
    assertThat(blocks.get(1).lastConfig()).isEqualTo(2);
    assertThat(blocks.get(1).isConfig()).isTrue();
    submit(service, messages(20, 10));
    assertThat(sizes()).containsExactly(1, 1, 20);
    assertThat(blocks.get(2).lastConfig()).isEqualTo(2);
  }

  @Test
  void aConfigurationOfBeforeIsToBeMadeAnew() throws Exception {
    ChannelConfig genesis = Samples.config(CHANNEL);
    ByteString first = configuration(genesis, "72-batchsize20");
    ByteString second = configuration(genesis, "75-endpoint-add");
    assertThat(submit(first).status()).isEqualTo(Status.SUCCESS);
    Verdict late = submit(second);
    assertThat(late.status()).isEqualTo(Status.BAD_REQUEST);
    assertThat(late.isStale()).isTrue();
    assertThat(late.sequence()).isEqualTo(1);
    assertThat(submit(first).status()).as("the same again").isEqualTo(Status.SUCCESS);
    assertThat(blocks).hasSize(1);
  }

  @Test
  void aConfigurationThatItsUpdateDoesNotMakeIsRefused() throws Exception {
    ConfigUpdates.Proposal honest =
        ConfigUpdates.propose(
            Samples.config(CHANNEL), Samples.envelope("raftsig10/72-batchsize20.pb"));
    var forged =
        honest.envelope().toBuilder()
            .setConfig(Samples.config(CHANNEL).config().toBuilder().setSequence(1))
            .build();
    ByteString bytes =
        ConfigEnvelopes.wrap(
                new ConfigUpdates.Proposal(forged, honest.next()), Samples.orderer(1), Samples.NOW)
            .toByteString();
    Verdict verdict = submit(bytes);
    assertThat(verdict.status()).isEqualTo(Status.BAD_REQUEST);
    assertThat(verdict.isStale()).isFalse();
    assertThat(blocks).isEmpty();
  }

  @Test
  void whoWasRemovedMayNotWriteAnyMore() throws Exception {
    SigningIdentity org2 = Samples.user("User1", 2);
    assertThat(submit(envelope(org2, CHANNEL, 10).toByteString()).status())
        .isEqualTo(Status.SUCCESS);
    submit(configuration(Samples.config(CHANNEL), "78-remove-org2"));
    assertThat(submit(envelope(org2, CHANNEL, 10).toByteString()).status())
        .isEqualTo(Status.FORBIDDEN);
  }

  private static byte[] state(OrderingService of) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (Snapshot snapshot = of.snapshot()) {
      snapshot.writeTo(out);
    }
    return out.toByteArray();
  }

  @Test
  void aRestoredServiceGoesOnTheSame() throws Exception {
    ByteString known = message(10);
    submit(known);
    submit(configuration(Samples.config(CHANNEL), "72-batchsize20"));
    submit(service, messages(7, 10));
    byte[] state = state(service);

    List<OrderedBlock> blocksOfOther = new ArrayList<>();
    OrderingService other = service(blocksOfOther);
    waiting.clear();
    other.restore(new ByteArrayInputStream(state));
    assertThat(waiting).as("what waits is told").hasSize(1);
    assertThat(state(other)).isEqualTo(state);

    blocks.clear();
    List<ByteString> more = new ArrayList<>(messages(40, 10));
    more.add(3, known);
    long instanceBefore = instance;
    submit(service, more);
    instance = instanceBefore;
    submit(other, more);
    assertThat(blocksOfOther).isEqualTo(blocks).hasSize(2);
    assertThat(state(other)).isEqualTo(state(service));
  }
}
