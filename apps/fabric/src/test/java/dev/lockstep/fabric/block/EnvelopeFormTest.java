package dev.lockstep.fabric.block;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.ByteString;
import dev.lockstep.fabric.Samples;
import java.util.HexFormat;
import org.hyperledger.fabric.protos.common.Envelope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EnvelopeFormTest {
  private static final ByteString GOOD = hex("0a0101" + "120102");

  @ParameterizedTest
  @ValueSource(strings = {"raftsig10", "bft10", "raftsig10crl"})
  void recordedEnvelopesHaveTheirFormAndComeIntoTheBlockInTheCanonicalOne(String channel) {
    for (JsonNode entry : Samples.envelopes(channel)) {
      String file = entry.get("file").asText();
      ByteString bytes = Samples.bytes("envelopes/" + file);
      ByteString canonical = EnvelopeForm.canonicalOrNull(bytes);
      if (file.contains("25-trailing-garbage")) {
        assertThat(canonical).as(file).isNull();
        continue;
      }
      assertThat(canonical.equals(bytes))
          .as(file)
          .isEqualTo(entry.get("canonical_encoding").asBoolean());
      boolean isComplete = !file.matches(".*/(31|36|45|46)-.*");
      assertThat(EnvelopeForm.isCanonical(bytes))
          .as(file)
          .isEqualTo(isComplete && entry.get("canonical_encoding").asBoolean());
      assertThat(EnvelopeForm.sizeBytes(Samples.envelope(file)))
          .as(file)
          .isEqualTo(entry.get("payload_plus_signature_bytes").asLong());
      if (entry.has("in_block")) {
        JsonNode ordered = entry.get("in_block");
        assertThat(canonical.size()).as(file).isEqualTo(ordered.get("bytes").asInt());
        assertThat(HexFormat.of().formatHex(BlockHeaders.sha256().digest(canonical.toByteArray())))
            .as(file)
            .isEqualTo(ordered.get("sha256").asText());
      }
    }
  }

  @Test
  void unknownFieldsBehindKeepTheirOrderAndTheirBytes() {
    ByteString high = hex("fa0100" + "7a00");
    assertThat(EnvelopeForm.isCanonical(GOOD.concat(high))).isTrue();
    assertThat(EnvelopeForm.canonicalOrNull(high.concat(GOOD))).isEqualTo(GOOD.concat(high));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", // nothing
        "0a0101", // no signature
        "120102", // no payload
        "0a00120102", // an empty payload
        "0a01011200", // an empty signature
        "0a8100" + "01120102", // a long length
        "8a00" + "0101120102", // a long tag
        "0a0101120102" + "0a0101", // payload twice
        "0a0101120102" + "0801", // payload with another type
        "0a0101120102" + "00", // field 0
        "0a0101120102" + "1b1c", // a group
        "0a0101120102" + "1c", // the end of a group
        "0a0101120102" + "1f", // no type
        "0a0101120102" + "1a05", // cut off
        "0a0101120102" + "18", // cut off
        "0a0101120102" + "1affffffffffffffffff01", // a length below zero
        "0a0101120102" + "18ffffffffffffffffff02", // more than 64 bits
        "0a0101120102" + "9a8080808001" + "00", // a tag of more than 32 bits
        "0a0101120102" + "ff", // no field
      })
  void whatAPeerWouldRefuseForEverIsNotCanonical(String bytes) {
    assertThat(EnvelopeForm.isCanonical(hex(bytes))).isFalse();
    assertThat(EnvelopeForm.parseOrNull(hex(bytes))).isNull();
  }

  @Test
  void theCanonicalFormOfTheLibraryIsCanonical() {
    Envelope envelope =
        Envelope.newBuilder()
            .setPayload(ByteString.copyFrom(new byte[300]))
            .setSignature(ByteString.copyFromUtf8("signature"))
            .build();
    assertThat(EnvelopeForm.parseOrNull(envelope.toByteString())).isEqualTo(envelope);
  }

  private static ByteString hex(String text) {
    return ByteString.copyFrom(HexFormat.of().parseHex(text));
  }
}
