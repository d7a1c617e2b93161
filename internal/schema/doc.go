// Package schema turns the keys and values that were written with a schema
// registry's serializers into JSON: Avro, Protobuf and JSON Schema, in
// Confluent's wire format, with the schemas of a registry that speaks its REST
// API.
//
// The bytes, the schemas and the registry are all foreign: answers, schemas and
// results are bounded in size and depth, and what cannot be decoded is an
// [Error] that says why, never the end of anything.
package schema
