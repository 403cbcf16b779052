package dev.lockstep.fabric.policy;

import com.google.protobuf.ByteString;

/**
 * A signature as it came: nothing of it is checked.
 *
 * @param data the bytes that are said to be signed
 * @param identity the serialized identity of the one who is said to have signed
 * @param signature the signature, DER
 */
public record SignedData(byte[] data, ByteString identity, ByteString signature) {}
