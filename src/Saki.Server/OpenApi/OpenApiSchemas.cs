using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using Saki.Pipelines;
using Saki.Server.Http;

namespace Saki.Server.OpenApi;

/// <summary>The schemas that <c>/openapi.json</c> refers to: Saki's own from the types that are serialised, others' protocols in short.</summary>
internal static class OpenApiSchemas
{
    private const string Written = """
        {
          "Pictures": {"type": "object", "description": "Base64, bare or behind data:image/…;base64,", "properties": {"image": {"type": "string"}, "images": {"type": "array", "items": {"type": "string"}}}},
          "Predictions": {"description": "One record for one picture, a list for several or for a list", "oneOf": [{"$ref": "#/components/schemas/Prediction"}, {"type": "array", "items": {"$ref": "#/components/schemas/Prediction"}}]},
          "ServerMetadata": {"type": "object", "properties": {"name": {"type": "string"}, "version": {"type": "string"}, "extensions": {"type": "array", "items": {"type": "string"}}}},
          "Tensor": {"type": "object", "required": ["name", "datatype", "shape"], "properties": {"name": {"type": "string"}, "datatype": {"enum": ["BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64", "FP16", "BF16", "FP32", "FP64", "BYTES"]}, "shape": {"type": "array", "items": {"type": "integer"}}, "parameters": {"type": "object"}, "data": {"type": "array"}}},
          "ModelMetadata": {"type": "object", "properties": {"name": {"type": "string"}, "versions": {"type": "array", "items": {"type": "string"}}, "platform": {"type": "string"}, "inputs": {"type": "array", "items": {"$ref": "#/components/schemas/Tensor"}}, "outputs": {"type": "array", "items": {"$ref": "#/components/schemas/Tensor"}}}},
          "InferRequest": {"type": "object", "required": ["inputs"], "properties": {"id": {"type": "string"}, "parameters": {"type": "object"}, "inputs": {"type": "array", "items": {"$ref": "#/components/schemas/Tensor"}}, "outputs": {"type": "array", "items": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}, "parameters": {"type": "object"}}}}}},
          "InferResponse": {"type": "object", "required": ["model_name", "outputs"], "properties": {"model_name": {"type": "string"}, "model_version": {"type": "string"}, "id": {"type": "string"}, "outputs": {"type": "array", "items": {"$ref": "#/components/schemas/Tensor"}}}},
          "Instances": {"type": "object", "required": ["instances"], "properties": {"instances": {}}},
          "Invocation": {"type": "object", "description": "Exactly one member", "properties": {"inputs": {}, "instances": {}, "dataframe_split": {"type": "object"}, "dataframe_records": {"type": "array"}}},
          "PredictionsV1": {"type": "object", "required": ["predictions"], "properties": {"predictions": {}}},
          "OipError": {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}}
        }
        """;

    public static JsonObject All()
    {
        var schemas = JsonNode.Parse(Written)!.AsObject();
        schemas["Prediction"] = PipelineJson.Default.Prediction.GetJsonSchemaAsNode();
        schemas["ErrorReply"] = ErrorJson.Readable.ErrorReply.GetJsonSchemaAsNode();
        return schemas;
    }
}
