package dev.lockstep.fabric;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.lockstep.fabric.block.Blocks;
import dev.lockstep.fabric.block.EnvelopeForm;
import dev.lockstep.fabric.broadcast.BroadcastRules;
import dev.lockstep.fabric.broadcast.BroadcastVerdict;
import dev.lockstep.fabric.broadcast.DeliverRequest;
import dev.lockstep.fabric.config.ChannelConfig;
import dev.lockstep.fabric.config.ConfigEnvelopes;
import dev.lockstep.fabric.verify.BlockRule;
import dev.lockstep.fabric.verify.BlockVerifier;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.hyperledger.fabric.protos.common.Block;
import org.hyperledger.fabric.protos.common.BlockData;
import org.hyperledger.fabric.protos.common.Envelope;
import org.hyperledger.fabric.protos.common.Status;

/** Real messages with a few bytes changed: refused, and never with anything but a refusal. */
class RobustnessTest {
  private static final ChannelConfig CONFIG = Samples.config("raftsig10");
  private static final ChannelConfig BFT = Samples.config("bft10");
  private static final List<ByteString> ENVELOPES =
      List.of(
          Samples.bytes("envelopes/raftsig10/10-message-200.pb"),
          Samples.bytes("envelopes/raftsig10/72-batchsize20.pb"),
          Samples.bytes("envelopes/raftsig10/78-remove-org2.pb"),
          Samples.bytes("envelopes/raftsig10/21-unknown-field-last.pb"));

  /** Payload, signature, and unknown fields of all types. */
  private static final ByteString SMALL =
      ByteString.copyFrom(
          HexFormat.of().parseHex("0a020102120103188001210102030405060708aa0101ff3501020304"));

  private static final ByteString BLOCK = Samples.bytes("blocks/rules/raftsig10/01.pb");
  private static final Envelope CONFIGURATION =
      Blocks.configEnvelopeOrNull(Samples.block("blocks/raftsig10/0009.pb"));

  /** Changes some bytes, takes some away, puts some in. */
  private static ByteString mutated(ByteString good, Random random) {
    ByteString bytes = good;
    for (int i = random.nextInt(3); i >= 0; i--) {
      int at = random.nextInt(bytes.size());
      int length = Math.min(bytes.size() - at, random.nextInt(4));
      byte[] other = new byte[random.nextInt(4)];
      random.nextBytes(other);
      bytes =
          bytes
              .substring(0, at)
              .concat(ByteString.copyFrom(other))
              .concat(bytes.substring(at + length));
    }
    return bytes;
  }

  @Property(tries = 1000)
  void broadcastAndDeliver(@ForAll long seed) {
    Random random = new Random(seed);
    ByteString good = ENVELOPES.get(random.nextInt(ENVELOPES.size()));
    ByteString bytes = mutated(good, random);
    Envelope envelope = EnvelopeForm.parseOrNull(bytes);
    if (envelope == null) {
      return;
    }
    BroadcastVerdict verdict =
        BroadcastRules.judge(envelope, id -> CONFIG, random.nextBoolean() ? Samples.NOW : null);
    if (verdict.isAccepted()) {
      // The signature covers the payload; its own bytes and the unknown ones are free.
      Envelope original = EnvelopeForm.parseOrNull(good);
      assertThat(envelope.getPayload()).isEqualTo(original.getPayload());
    }
    assertThat(DeliverRequest.parse(envelope, id -> CONFIG, Samples.NOW, null).status())
        .isNotEqualTo(Status.SUCCESS);
  }

  /** Inside of a payload that is signed well, everything may be wrong. */
  @Property(tries = 500)
  void payloadsThatAreSigned(@ForAll long seed) {
    Random random = new Random(seed);
    Envelope good = EnvelopeForm.parseOrNull(ENVELOPES.get(random.nextInt(ENVELOPES.size())));
    ByteString payload = mutated(good.getPayload(), random);
    Envelope envelope =
        Envelope.newBuilder()
            .setPayload(payload)
            .setSignature(Samples.ordererAdmin().sign(payload.toByteArray()))
            .build();
    assertThat(BroadcastRules.judge(envelope, id -> CONFIG, Samples.NOW)).isNotNull();
    assertThat(DeliverRequest.parse(envelope, id -> CONFIG, Samples.NOW, null)).isNotNull();
  }

  @Property(tries = 300)
  void newConfigurations(@ForAll long seed) {
    Random random = new Random(seed);
    ByteString payload = mutated(CONFIGURATION.getPayload(), random);
    Envelope envelope =
        Envelope.newBuilder()
            .setPayload(payload)
            .setSignature(Samples.orderer(1).sign(payload.toByteArray()))
            .build();
    try {
      assertThat(ConfigEnvelopes.check(CONFIG, envelope).sequence()).isEqualTo(1);
    } catch (RefusedException e) {
      assertThat(e.getMessage()).isNotEmpty();
    }
  }

  @Property(tries = 500)
  void blocks(@ForAll long seed) {
    Random random = new Random(seed);
    Block block;
    try {
      block = Block.parseFrom(mutated(BLOCK, random));
    } catch (InvalidProtocolBufferException e) {
      return;
    }
    ChannelConfig config = random.nextBoolean() ? CONFIG : BFT;
    assertThat(BlockVerifier.verify(block, Samples.genesis("raftsig10").getHeader(), config))
        .isNotNull();
  }

  /** The nodes' own check and the verifier's were written apart. */
  @Property(tries = 2000)
  void bothChecksOfTheCanonicalFormAgree(@ForAll long seed) {
    Random random = new Random(seed);
    ByteString bytes = mutated(SMALL, random);
    Block block = Block.newBuilder().setData(BlockData.newBuilder().addData(bytes)).build();
    boolean isWellFormed =
        BlockVerifier.verify(block, block.getHeader(), CONFIG).stream()
            .noneMatch(violation -> violation.rule() == BlockRule.TRANSACTIONS);
    assertThat(EnvelopeForm.isCanonical(bytes)).isEqualTo(isWellFormed);
  }
}
