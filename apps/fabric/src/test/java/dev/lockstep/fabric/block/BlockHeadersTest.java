package dev.lockstep.fabric.block;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.ByteString;
import dev.lockstep.fabric.Samples;
import java.util.HexFormat;
import org.hyperledger.fabric.protos.common.Block;
import org.hyperledger.fabric.protos.common.BlockHeader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BlockHeadersTest {

  @ParameterizedTest
  @ValueSource(strings = {"bft10", "bft10-node2", "raftany10", "raftsig10"})
  void hashesOfRealBlocks(String chain) {
    for (JsonNode entry : Samples.json("blocks/" + chain + ".json")) {
      if (!Samples.path("blocks/" + entry.get("file").asText()).toFile().exists()) {
        continue;
      }
      Block block = Samples.block("blocks/" + entry.get("file").asText());
      BlockHeader header = block.getHeader();
      assertThat(HexFormat.of().formatHex(BlockHeaders.der(header)))
          .as(entry.get("file").asText())
          .isEqualTo(entry.get("header_der_hex").asText());
      assertThat(Samples.hex(BlockHeaders.hash(header)))
          .isEqualTo(entry.get("header_hash").asText());
      assertThat(Samples.hex(BlockHeaders.dataHash(block.getData().getDataList())))
          .isEqualTo(entry.get("data_hash").asText());
      assertThat(
              BlockHeaders.next(
                  header.getNumber(), header.getPreviousHash(), block.getData().getDataList()))
          .isEqualTo(header);
    }
  }

  @Test
  void aChainOfRealHeaders() {
    int count = 0;
    ByteString previous = ByteString.EMPTY;
    for (JsonNode entry : Samples.json("blocks/raftany10-headers.json")) {
      assertThat(Samples.hex(previous)).isEqualTo(entry.get("previous_hash").asText());
      BlockHeader header =
          BlockHeader.newBuilder()
              .setNumber(entry.get("number").asLong())
              .setPreviousHash(previous)
              .setDataHash(
                  ByteString.copyFrom(HexFormat.of().parseHex(entry.get("data_hash").asText())))
              .build();
      previous = BlockHeaders.hash(header);
      assertThat(Samples.hex(previous)).isEqualTo(entry.get("header_hash").asText());
      count++;
    }
    assertThat(count).isEqualTo(262);
  }

  @Test
  void hashesOfFirstBlocks() {
    for (JsonNode entry : Samples.json("genesis/genesis.json")) {
      Block block = Samples.genesis(entry.get("channel").asText());
      assertThat(Samples.hex(BlockHeaders.hash(block.getHeader())))
          .isEqualTo(entry.get("header_hash").asText());
      assertThat(Samples.hex(BlockHeaders.dataHash(block.getData().getDataList())))
          .isEqualTo(entry.get("data_hash").asText());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0, 020100",
    "127, 02017f",
    "128, 02020080",
    "256, 02020100",
    "9223372036854775807, 02087fffffffffffffff",
    "-1, 020900ffffffffffffffff"
  })
  void numbersAreUnsigned(long number, String integer) {
    BlockHeader header = BlockHeader.newBuilder().setNumber(number).build();
    assertThat(HexFormat.of().formatHex(BlockHeaders.der(header))).contains(integer);
  }
}
