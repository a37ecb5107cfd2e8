// Small pictures of a scene: four corners each, on whole pixels.
layout(location = 0) in vec3 place;
layout(location = 1) in vec4 tint;
layout(location = 2) in float cell;
layout(location = 3) in float number;

uniform mat4 matrix;
// Places are told from here; matrix and plane are, too.
uniform vec3 origin;
uniform vec4 plane;
uniform vec4 away_row;
uniform vec2 size;
uniform vec2 cell_size;
uniform vec2 atlas_size;
uniform int columns;
uniform int base;

flat out vec4 colour;
flat out int id;
flat out float away;
noperspective out vec2 texel;

void main() {
    vec4 here = vec4(place - origin, 1.0);
    vec4 at = matrix * here;
    int cell_number = int(cell);
    vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
    vec2 from = vec2(cell_number % columns, cell_number / columns) * cell_size;
    vec2 middle = (at.xy / at.w * 0.5 + 0.5) * size;
    vec2 upper_left = floor(middle - cell_size * 0.5 + 0.5);
    texel = from + corner * cell_size;
    colour = tint;
    away = dot(away_row, here);
    id = base + int(number) + 1;
    bool left_out = cell_number < 0 || !(at.w > 0.0)
        || from.y + cell_size.y > atlas_size.y || from.x + cell_size.x > atlas_size.x
        || dot(plane, here) < 0.0;
    vec2 pixel = upper_left + corner * cell_size;
    gl_Position = vec4(pixel / size * 2.0 - 1.0, at.z / at.w, 1.0);
    if (left_out) gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
    gl_ClipDistance[0] = 1.0;
}
